import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../accounts/access.decorators.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import { ChangesPage, ListChangesInput } from '../dto/changes.dto.js';
import { ChangesService } from './changes.service.js';

@ApiTags('Properties')
@Controller('v1/changes')
export class ChangesController {
  constructor(private readonly changes: ChangesService) {}

  @Get()
  @Public()
  @Operation({
    summary: 'Follow the changes of all public properties',
    description:
      'For search indexes and partners. Start with `after=0`, and go on with `page.next`. Each property has one item, its last change, in the order of commits. A withdrawn property stays for 90 days.',
    ok: { status: 200, type: ChangesPage, description: 'The changes after `after`.' },
    problems: ['changes-gone', 'changes-busy'],
  })
  listChanges(@Input() input: ListChangesInput): Promise<ChangesPage> {
    return this.changes.listChanges(input);
  }
}
