export { libraries } from '../../platform/http/reaches-up.js';
