const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * Free text as one line that any terminal shows as it is: control characters, also line breaks and those that turn the
 * direction of writing, become visible escapes. For log lines, Kubernetes Events and annotations, banners.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
