import { Body, Controller, Get, Module, Post, Query } from '@nestjs/common';
import {
  Args,
  GraphQLSchemaBuilderModule,
  GraphQLSchemaFactory,
  Query as GraphqlQuery,
  Mutation,
  Resolver,
} from '@nestjs/graphql';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiOkResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { printSchema } from 'graphql';
import { expect, test } from 'vitest';
import { defineEnum } from './define-enum.js';
import { Field } from './field.decorator.js';
import { PageQuery, pagesOf } from './page.dto.js';
import { InputShape, OutputType, QueryShape } from './shape.decorator.js';

const Fate = defineEnum('ExampleFate', { EVICT: 'It goes.', IGNORE: 'It stays.' }, 'What happens.');

@OutputType('ExampleOwner', 'Who owns a pod.')
class OwnerDto {
  @Field({ description: 'Name.' }) name!: string;
}

@OutputType('ExamplePod', 'What a drain would do with one pod.')
class PodDto {
  @Field({ description: 'Pod name.', example: 'web-0' }) name!: string;
  @Field({ enum: Fate, description: 'What happens.' }) fate!: 'EVICT' | 'IGNORE';
  @Field({ type: 'int', nullable: true, description: 'Grace period.' }) graceSeconds!: number | null;
  @Field({ type: () => OwnerDto, nullable: true, description: 'Owner.' }) owner!: OwnerDto | null;
  @Field({ type: 'stringMap', description: 'Labels.' }) labels!: Record<string, string>;
  @Field({ description: 'Created.' }) createdAt!: Date;
}

@InputShape('ExampleOptions')
class OptionsDto {
  @Field({ nullable: true, description: 'Without a controller too.' }) force?: boolean;
  @Field({ type: 'int', min: 0, max: 60, nullable: true, description: 'Limit.' }) timeoutSeconds?: number;
}

@InputShape('ExampleBody')
class BodyDto {
  @Field({ minLength: 3, maxLength: 500, description: 'Why.' }) reason!: string;
  @Field({ type: () => OptionsDto, nullable: true, description: 'Options.' }) options?: OptionsDto;
}

@QueryShape()
class ListQuery extends PageQuery {
  @Field({ list: true, enum: Fate, nullable: true, description: 'Only these.' }) fate?: ('EVICT' | 'IGNORE')[];
}

const PodPages = pagesOf('ExamplePod', PodDto, { counted: true });

@Controller('pods')
class ExampleController {
  @Get() @ApiOkResponse({ type: PodPages.List }) list(@Query() query: ListQuery) {
    return query;
  }
  @Post() @ApiOkResponse({ type: PodDto }) add(@Body() body: BodyDto) {
    return body;
  }
}

@Resolver()
class ExampleResolver {
  @GraphqlQuery(() => PodPages.Connection) pods(@Args() query: ListQuery) {
    return query;
  }
  @Mutation(() => PodDto) addPod(@Args('input') input: BodyDto) {
    return input;
  }
}

@Module({ controllers: [ExampleController], imports: [GraphQLSchemaBuilderModule] })
class ExampleModule {}

test('one decorator publishes a shape in GraphQL and OpenAPI alike', async () => {
  const testing = await Test.createTestingModule({ imports: [ExampleModule] }).compile();
  const app = testing.createNestApplication(new FastifyAdapter());
  await app.init();
  const schema = printSchema(await app.get(GraphQLSchemaFactory).create([ExampleResolver]));
  expect(schema).toContain('type ExamplePod {');
  expect(schema).toContain('graceSeconds: Int\n');
  expect(schema).toContain('owner: ExampleOwner\n');
  expect(schema).toContain('fate: ExampleFate!');
  expect(schema).toContain('input ExampleOptionsInput {');
  expect(schema).toContain('reason: String!');
  expect(schema).toMatch(/first: Int = 50/);
  expect(schema).toMatch(/fate: \[ExampleFate!\]\n/);

  const document = SwaggerModule.createDocument(app, new DocumentBuilder().setOpenAPIVersion('3.1.0').build());
  const schemas = document.components?.schemas as Record<
    string,
    { required: string[]; properties: Record<string, object> }
  >;
  expect(schemas.ExamplePod?.required).toEqual(['name', 'fate', 'graceSeconds', 'owner', 'labels', 'createdAt']);
  expect(schemas.ExamplePod?.properties.graceSeconds).toMatchObject({ type: ['integer', 'null'] });
  expect(schemas.ExamplePod?.properties.owner).toMatchObject({
    anyOf: [{ $ref: '#/components/schemas/ExampleOwner' }, { type: 'null' }],
  });
  expect(schemas.ExamplePod?.properties.fate).toMatchObject({
    allOf: [{ $ref: '#/components/schemas/ExampleFate' }],
  });
  expect(schemas.ExampleBody?.required).toEqual(['reason']);
  expect(schemas.ExampleBody?.properties.reason).toMatchObject({ type: 'string', minLength: 3, maxLength: 500 });
  expect(schemas.ExamplePodList?.required).toEqual(['items', 'pageInfo', 'totalCount']);
  const parameters = document.paths['/pods']?.get?.parameters as { name: string; required: boolean }[];
  expect(parameters.map((p) => [p.name, p.required])).toEqual([
    ['first', false],
    ['after', false],
    ['fate', false],
  ]);
  await app.close();
});
