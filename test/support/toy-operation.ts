/** Source files by path, each with what makes its text of the text before; that is empty for a new one. */
export type SourceEdits = Readonly<Record<string, (text: string) => string>>;

const OPERATIONS = 'src/features/operations';

function before(anchor: string, added: string) {
  return (text: string): string => {
    const [head, ...rest] = text.split(anchor);
    if (rest.length !== 1) throw new Error(`not exactly once: ${anchor}`);
    return `${head}${added}${anchor}${rest.join(anchor)}`;
  };
}

const all =
  (...edits: ((text: string) => string)[]) =>
  (text: string): string =>
    edits.reduce((current, edit) => edit(current), text);

const imported = (name: string, from: string) => (text: string) => `import { ${name} } from '${from}';\n${text}`;

/** REBOOT_NODE: a type with a right of its own, an option, REST, GraphQL and an action of maintenance runs. It only looks at the node. */
export const REBOOT_NODE: SourceEdits = {
  [`${OPERATIONS}/kubelet/reboot-definition.ts`]: () => `
import type { OperationDefinition } from '../engine/operation-definition.js';

export const REBOOT_NODE = {
  type: 'REBOOT_NODE',
  meaning: 'Starts the machine anew.',
  steps: ['CHECK', 'RESTART', 'VERIFY'],
  right: 'node.reboot',
  options: () => ({ force: false }),
  timeoutSeconds: () => 600,
  runActions: [{ action: 'REBOOT_NODE', meaning: 'Starts it anew.', disrupts: true, afterwards: 'SETTLE' }],
} as const satisfies OperationDefinition;
`,
  [`${OPERATIONS}/operation-definitions.ts`]: all(
    (text) => text.replace('SET_VERBOSITY] as const', 'SET_VERBOSITY, REBOOT_NODE] as const'),
    imported('REBOOT_NODE', './kubelet/reboot-definition.js'),
  ),
  [`${OPERATIONS}/kubelet/reboot-node-runner.service.ts`]: () => `
import { Injectable } from '@nestjs/common';
import { NodeScheduling } from '../cordon/node-scheduling.service.js';
import type { OperationRunner } from '../engine/operation-runner.service.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { SessionChange } from '../engine/session-change.js';

@Injectable()
export class RebootNodeRunner implements OperationRunner {
  readonly type = 'REBOOT_NODE';

  constructor(private readonly scheduling: NodeScheduling) {}

  async run(session: OperationSession): Promise<void> {
    session.startStep('CHECK');
    const { name } = await this.scheduling.read(session.operation, session.signal);
    session.startStep('RESTART');
    await session.commit({ findings: ({ result }) => ({ result: { ...result, rebooted: name } }) });
    session.startStep('VERIFY');
  }

  abandon(): Promise<SessionChange> {
    return Promise.resolve({});
  }
}
`,
  [`${OPERATIONS}/operations-worker.module.ts`]: all(
    before('  CORDON: CordonRunner,\n', '  REBOOT_NODE: RebootNodeRunner,\n'),
    imported('RebootNodeRunner', './kubelet/reboot-node-runner.service.js'),
  ),
  [`${OPERATIONS}/kubelet/kubelet-operations.service.ts`]: before(
    '  /** @throws as restart */\n',
    `  reboot(caller: Caller, request: NodeRequest): Promise<OperationRecord> {
    return this.starter.start(caller, { ...request, type: 'REBOOT_NODE' });
  }

`,
  ),
  [`${OPERATIONS}/kubelet/kubelet-operations.controller.ts`]: all(
    before(
      "  @Post('verbosity')\n",
      `  @Post('reboot')
  @HttpCode(202)
  @ApiOperation({ operationId: 'rebootNode', summary: 'Start a machine anew' })
  @ApiAcceptedResponse({ type: OperationDto })
  async reboot(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Body() body: NodeActionDto,
    @Query() query: WaitQuery,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperationDto> {
    const operation = await this.kubelets.reboot(caller, { cluster, node, ...body, idempotencyKey });
    return this.answer.accepted(caller, operation, query.wait, reply);
  }

`,
    ),
    imported('NodeActionDto', '../engine/operation-inputs.dto.js'),
  ),
  [`${OPERATIONS}/kubelet/kubelet-operations.resolver.ts`]: all(
    before(
      '  @Mutation(() => OperationPayload, { description: "Sets',
      `  @Mutation(() => OperationPayload, { description: 'Starts a machine anew.' })
  async rebootNode(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: CordonNodeInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { operation: operationDto(await this.kubelets.reboot(caller, { ...input, idempotencyKey })) };
  }

`,
    ),
    imported('CordonNodeInput', '../engine/operation-inputs.dto.js'),
  ),
  'src/features/access/domain/access-action.ts': before("  'node.set-verbosity',\n", "  'node.reboot',\n"),
  'src/features/access/policies/node-steward-schema.ts': before("    'node.set-verbosity',\n", "    'node.reboot',\n"),
};
