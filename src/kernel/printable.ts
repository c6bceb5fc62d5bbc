/** Variation selectors stay: they only choose the look of the character before, as that of most emoji. */
const UNPRINTABLE = /(?!\p{Variation_Selector})[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Free text as one line that any terminal shows as it is: control characters, also line breaks and those that turn the
 * direction of writing, and what has no width or no look at all become visible escapes. Two texts that look the same are
 * then the same. For log lines, Kubernetes Events and annotations, banners.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (found) => found.split('').map(escaped).join(''));
}

/** As JSON has it, one for each unit of UTF-16. */
const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
