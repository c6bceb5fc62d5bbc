export { libraries } from '../rest/reaches-up.js';
