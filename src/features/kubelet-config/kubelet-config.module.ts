import { Module } from '@nestjs/common';
import { ApprovalSubjects, ApprovalsModule } from '../approvals/index.js';
import { ApproveChange } from './application/approve-change.service.js';
import { ChangeAccess } from './application/change-access.service.js';
import { ChangeApprovals } from './application/change-approvals.service.js';
import { ChangeContents } from './application/change-contents.service.js';
import { ControlChange } from './application/control-change.service.js';
import { DraftChange } from './application/draft-change.service.js';
import { EditChange } from './application/edit-change.service.js';
import { ChangeContentRepository } from './application/ports/change-content-repository.port.js';
import { LiveKubeletConfigs } from './application/ports/live-kubelet-configs.port.js';
import { ReadChanges } from './application/read-changes.service.js';
import { StartChange } from './application/start-change.service.js';
import { KubernetesLiveKubeletConfigs } from './infra/kubernetes-live-kubelet-configs.js';
import { PostgresChangeContentRepository } from './infra/postgres-change-content.repository.js';

const services = [ApproveChange, DraftChange, EditChange, StartChange, ControlChange, ReadChanges];

/** Use cases and adapters that API and worker share. */
@Module({
  imports: [ApprovalsModule],
  providers: [
    ...services,
    ChangeAccess,
    ChangeApprovals,
    ChangeContents,
    { provide: ChangeContentRepository, useClass: PostgresChangeContentRepository },
    KubernetesLiveKubeletConfigs,
    { provide: LiveKubeletConfigs, useExisting: KubernetesLiveKubeletConfigs },
  ],
  exports: [...services, ApprovalsModule, KubernetesLiveKubeletConfigs],
})
export class KubeletConfigModule {
  constructor(subjects: ApprovalSubjects, changes: ChangeApprovals) {
    subjects.register(changes);
  }
}
