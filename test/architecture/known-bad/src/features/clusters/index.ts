export const clusters = 1;
