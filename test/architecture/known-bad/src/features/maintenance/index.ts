export const maintenance = 1;
