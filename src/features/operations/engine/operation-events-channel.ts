/** Postgres channel that is notified with an operation's id when it has new events. */
export const OPERATION_EVENTS_CHANNEL = 'node_steward_operation_events';
