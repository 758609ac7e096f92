import { describe, expect, it } from '@jest/globals';
import type { ServerZone } from '../database/server-zone.js';
import { zones } from './zone-findings.js';

const server = (offsets: string[] | null, more: Partial<ServerZone> = {}): ServerZone => ({
  global: 'SYSTEM',
  system: '-05',
  now: '2026-11-29 01:00:00',
  utc: '2026-11-29 06:00:00',
  offsets,
  isChangedAtConnect: false,
  ...more,
});
const personReads = (zone: ServerZone, assumed: string): string => {
  const { forPeople } = zones(zone, assumed);
  return forPeople ? [forPeople.title, ...forPeople.lines].join('\n') : '';
};

describe('zones', () => {
  it('needs nobody where the zones are the same, and prints both', () => {
    for (const offset of ['-05:00', '+00:00', '+05:30'])
      expect(personReads(server([offset]), offset)).toBe('');
    expect(personReads(server(['+00:00']), '-00:00')).toBe('');
    expect(zones(server(['-05:00']), '-05:00').note).toEqual({
      title: 'The dates of other programs are read in the zone -05:00 (DATABASE_TIMEZONE)',
      lines: [
        'The zone of the server is -05:00: @@global.time_zone is SYSTEM, @@system_time_zone -05.',
        'NOW() is 2026-11-29 01:00:00 in a session that does not set a zone; UTC_TIMESTAMP() is 2026-11-29 06:00:00.',
      ],
    });
  });

  it('says what a server in Colombia means with the default, and what to set', () => {
    const text = personReads(server(['-05:00']), '+00:00');
    expect(text).toContain('DATABASE_TIMEZONE is +00:00, and the zone of the server is -05:00');
    expect(text).toContain('5 h behind those of this service, and are shown 5 h too early');
    expect(text).toContain('the property stays on sale');
    expect(text).toContain('Set DATABASE_TIMEZONE=-05:00');
  });

  it('says what a server ahead means', () => {
    const text = personReads(server(['+05:30']), '-05:00');
    expect(text).toContain('10 h 30 min ahead of those of this service');
    expect(text).not.toContain('stays on sale');
  });

  it('asks for a person where the zone changes with the season, is unknown, or is changed at connect', () => {
    const seasons = personReads(server(['-03:00', '-04:00']), '-03:00');
    expect(seasons).toContain('-03:00 today and -04:00 in another season');
    expect(seasons).toContain('summer time');
    expect(personReads(server(null, { now: null }), '+00:00')).toContain('unknown');
    expect(personReads(server(['+00:00'], { isChangedAtConnect: true }), '+00:00')).toContain('init_connect');
  });
});
