export { libraries } from '../../../src/platform/rest/reaches-up.js';
