import packageJson from '../../../package.json' with { type: 'json' };

/** How the service names itself to API servers and kubelets. */
export const USER_AGENT = `${packageJson.name}/${packageJson.version}`;
