export { libraries } from '../../../src/platform/http/reaches-up.js';
