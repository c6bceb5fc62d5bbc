export const nodes = 1;
