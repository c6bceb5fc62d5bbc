export {
  type AuditKind,
  type AuditOutcome,
  type AuditResource,
  type AuditResult,
  AuditTrail,
  type NewAuditEvent,
} from '../../kernel/audit-trail.js';
