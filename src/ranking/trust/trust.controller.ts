import { Body, Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SignedInCaller, StaffOnly } from '../../accounts/access.decorators.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { Input } from '../../http/input.js';
import { Operation } from '../../http/operation.js';
import {
  AccountIdInput,
  AccountTrustDto,
  AccountTrustPage,
  DecideTrustDto,
  ListTrustInput,
} from './trust.dto.js';
import { TrustService } from './trust.service.js';

@ApiTags('Ranking')
@StaffOnly({ withCookie: true })
@Controller('v1/ranking/trust')
export class TrustController {
  constructor(private readonly trust: TrustService) {}

  @Get()
  @Operation({
    summary: 'List accounts that a rule found or staff decided about',
    description: 'The highest user id first. Accounts that are not listed are trusted.',
    ok: { status: 200, type: AccountTrustPage, description: 'A page of accounts.', headers: ['Link'] },
    problems: ['not-staff'],
  })
  listAccountTrust(@Input() input: ListTrustInput): Promise<AccountTrustPage> {
    return this.trust.list(input);
  }

  @Put(':id')
  @Operation({
    summary: 'Decide whether the likes of an account count',
    description: 'The decision overrules the rules. The ranking follows within seconds.',
    ok: { status: 200, type: AccountTrustDto, description: 'The account.' },
    problems: ['not-staff', 'account-not-found'],
  })
  decideAccountTrust(
    @Input() { id }: AccountIdInput,
    @Body() { trusted }: DecideTrustDto,
    @SignedInCaller() caller: Caller,
  ): Promise<AccountTrustDto> {
    return this.trust.decide(id, trusted, caller.id);
  }

  @Delete(':id')
  @Operation({
    summary: 'Withdraw the decision about an account',
    description: 'The rules apply again. Without a decision nothing changes.',
    ok: { status: 204, description: 'The account has no decision.' },
    problems: ['not-staff'],
  })
  withdrawTrustDecision(@Input() { id }: AccountIdInput): Promise<void> {
    return this.trust.withdraw(id);
  }
}
