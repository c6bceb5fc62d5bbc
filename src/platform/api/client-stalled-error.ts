/** Why a stream was ended: its client has not read for too long. */
export class ClientStalledError extends Error {
  override readonly name = 'ClientStalledError';

  constructor() {
    super('The client has not read for too long.');
  }
}
