export const operations = 1;
