export const approvals = 1;
