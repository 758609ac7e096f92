import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { firstValueFrom, from, type Observable } from 'rxjs';
import { Replicas } from '../database/replicas.js';
import { DataVersions, type Versions } from './data-versions.js';

const DEPENDS_ON = 'replicaReadDependsOn';

/** A GET handler whose answer may be read from a replica when the caller is anonymous. @param dependsOn its data, as for CachedAnswer */
export function ReplicaRead(...dependsOn: readonly (keyof Versions)[]): MethodDecorator {
  return applyDecorators(SetMetadata(DEPENDS_ON, dependsOn), UseInterceptors(ReplicaReadInterceptor));
}

/** Runs reads on replicas that have all changes committed before the read. */
@Injectable()
export class ReplicaReads {
  constructor(
    private readonly versions: DataVersions,
    private readonly replicas: Replicas,
  ) {}

  async read<Result>(dependsOn: readonly (keyof Versions)[], load: () => Promise<Result>): Promise<Result> {
    if (!this.replicas.areConfigured) return load();
    const needed = pickVersions(await this.versions.current(), dependsOn);
    return (await this.replicas.read(needed, load)).result;
  }
}

export function pickVersions(versions: Versions, names: readonly (keyof Versions)[]): Partial<Versions> {
  return Object.fromEntries(names.map((name) => [name, versions[name]]));
}

@Injectable()
class ReplicaReadInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly reads: ReplicaReads,
  ) {}

  intercept(context: ExecutionContext, handler: CallHandler<object>): Observable<unknown> {
    const isAnonymous = context.switchToHttp().getRequest<FastifyRequest>().caller === undefined;
    const dependsOn = this.reflector.get<(keyof Versions)[]>(DEPENDS_ON, context.getHandler());
    return isAnonymous
      ? from(this.reads.read(dependsOn, () => firstValueFrom(handler.handle())))
      : handler.handle();
  }
}
