import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../accounts/access.decorators.js';
import { CachedAnswer } from '../../cache/cached-answer.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { ClustersDto, ClustersInput } from '../dto/clusters.dto.js';
import { ClustersService } from './clusters.service.js';

@ApiTags('Properties')
@Controller('v1/properties/clusters')
export class ClustersController {
  constructor(private readonly clusters: ClustersService) {}

  @Get()
  @Public()
  @CachedAnswer({ for: 'public', dependsOn: () => ['search'] })
  @Operation({
    summary: 'Join the properties of a map that are close to each other',
    description:
      'Takes the filters of the list. Properties in the same cell of the grid of `zoom` are one cluster: 4 × 4 cells per tile of 256 pixels. The grid gets coarser until there are at most 400 clusters. From zoom 17 on, only properties with equal locations are joined.',
    ok: { status: 200, type: ClustersDto, description: 'The clusters.' },
    problems: ['search-busy'],
  })
  getPropertyClusters(@Input() input: ClustersInput): Promise<ClustersDto> {
    return this.clusters.getClusters(input);
  }
}
