// Checks the dependency rule, and that the check itself works: it must see modules, and it must fail on the known-bad fixture.
import { cruise } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import rules from '../.dependency-cruiser.mjs';

const tsConfig = extractTsConfig('tsconfig.json');
const run = async (paths, exclude) => {
  const { output } = await cruise(
    paths,
    { ruleSet: { forbidden: rules.forbidden }, validate: true, ...rules.options, exclude },
    undefined,
    { tsConfig },
  );
  return output.summary;
};
const print = (violations) => {
  for (const v of violations) console.log(`  ${v.rule.severity} ${v.rule.name}: ${v.from} -> ${v.to}`);
};

const bad = await run(['test/architecture/known-bad']);
const broken = new Set(bad.violations.map((v) => v.rule.name));
const unproven = rules.forbidden.map((rule) => rule.name).filter((name) => !broken.has(name));
const real = await run(['src', 'packages', 'migrations', 'test'], { path: 'known-bad' });

console.log(
  `boundaries: ${real.totalCruised} modules, ${real.violations.length} violations; known-bad fixture: ${bad.violations.length}`,
);
print(real.violations);
if (real.totalCruised === 0) fail('no module was read: the check is blind');
if (unproven.length > 0) fail(`the known-bad fixture does not trip: ${unproven.join(', ')}`);
if (real.violations.length > 0) fail('the dependency rule is broken');

function fail(message) {
  console.error(`boundaries: ${message}`);
  process.exit(1);
}
