export * from '../../notifications/index.js';
