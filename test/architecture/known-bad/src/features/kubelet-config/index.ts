export const kubelet_config = 1;
