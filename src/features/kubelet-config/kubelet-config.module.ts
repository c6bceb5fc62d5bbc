import { Module } from '@nestjs/common';
import { ApprovalsModule, BreakGlassDebts, GovernanceWatchers, RequestSources } from '../approvals/index.js';
import { ADVANCE_ALL_CHANGES_JOB, AdvanceChanges } from './application/advance-changes.service.js';
import { ChangeAccess } from './application/change-access.service.js';
import { ChangeContents } from './application/change-contents.service.js';
import { ChangeFeed } from './application/change-feed.service.js';
import { ChangeRequests } from './application/change-requests.service.js';
import { ChangeStores } from './application/change-stores.service.js';
import { ControlChange } from './application/control-change.service.js';
import { DecideChange } from './application/decide-change.service.js';
import { ExecuteChange } from './application/execute-change.service.js';
import { ExecutionPeople } from './application/execution-people.service.js';
import { ChangeRepository } from './application/ports/change-repository.port.js';
import { LiveKubeletConfigs } from './application/ports/live-kubelet-configs.port.js';
import { ReadChanges } from './application/read-changes.service.js';
import { RefreshChange } from './application/refresh-change.service.js';
import { ReviewChange } from './application/review-change.service.js';
import { WriteChange } from './application/write-change.service.js';
import { KubernetesLiveKubeletConfigs } from './infra/kubernetes-live-kubelet-configs.js';
import { TypeormChangeRepository } from './infra/typeorm-change.repository.js';

const services = [WriteChange, ReviewChange, ControlChange, ExecuteChange, ReadChanges, AdvanceChanges, ChangeFeed];

/** Use cases and adapters that API and worker share. */
@Module({
  imports: [ApprovalsModule],
  providers: [
    ...services,
    ChangeAccess,
    ChangeContents,
    ChangeRequests,
    ChangeStores,
    DecideChange,
    ExecutionPeople,
    RefreshChange,
    { provide: ChangeRepository, useClass: TypeormChangeRepository },
    KubernetesLiveKubeletConfigs,
    { provide: LiveKubeletConfigs, useExisting: KubernetesLiveKubeletConfigs },
  ],
  exports: [...services, KubernetesLiveKubeletConfigs],
})
export class KubeletConfigModule {
  constructor(
    watchers: GovernanceWatchers,
    debts: BreakGlassDebts,
    changes: ChangeRepository,
    sources: RequestSources,
    requests: ChangeRequests,
  ) {
    sources.register(requests);
    watchers.register(ADVANCE_ALL_CHANGES_JOB);
    debts.register((person, now, exceptId) => changes.hasOverdueReview(person, now, exceptId));
  }
}
