export { KubeletConfigModule } from './kubelet-config.module.js';
