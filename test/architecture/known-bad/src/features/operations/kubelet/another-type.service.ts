export { gateway } from '../drain/outward.service.js';
