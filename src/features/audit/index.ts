export {
  type AuditKind,
  type AuditOutcome,
  type AuditResource,
  AuditTrail,
  type NewAuditEvent,
} from './application/audit-trail.js';
