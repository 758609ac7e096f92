import { describe, expect, it } from '@jest/globals';
import type { ServerZone } from '../database/server-zone.js';
import { zoneDifference } from './zone-findings.js';

const server = (offsets: string[] | null, more: Partial<ServerZone> = {}): ServerZone => ({
  global: 'SYSTEM',
  system: '-05',
  now: '2026-11-29 01:00:00',
  utc: '2026-11-29 06:00:00',
  offsets,
  isChangedAtConnect: false,
  ...more,
});
const actionText = (zone: ServerZone, assumed: string): string => {
  const [action] = zoneDifference(zone, assumed).actions;
  return action ? [action.title, ...action.lines].join('\n') : '';
};

describe('zoneDifference', () => {
  it('requires no action when the zones are equal, and prints both', () => {
    for (const offset of ['-05:00', '+00:00', '+05:30'])
      expect(actionText(server([offset]), offset)).toBe('');
    expect(actionText(server(['+00:00']), '-00:00')).toBe('');
    expect(zoneDifference(server(['-05:00']), '-05:00').note).toEqual({
      title: 'The service reads the dates of other programs in the zone -05:00 (DATABASE_TIMEZONE)',
      lines: [
        'The zone of the server is -05:00: @@global.time_zone is SYSTEM, @@system_time_zone -05.',
        'NOW() is 2026-11-29 01:00:00 in a session that does not set a zone; UTC_TIMESTAMP() is 2026-11-29 06:00:00.',
      ],
    });
  });

  it('explains a server in Colombia with the default, and says what to set', () => {
    const text = actionText(server(['-05:00']), '+00:00');
    expect(text).toContain('DATABASE_TIMEZONE is +00:00, and the zone of the server is -05:00');
    expect(text).toContain('5 h behind those of this service, and are shown 5 h too early');
    expect(text).toContain('The property stays on sale');
    expect(text).toContain('Set DATABASE_TIMEZONE=-05:00');
  });

  it('explains a server zone ahead of DATABASE_TIMEZONE', () => {
    const text = actionText(server(['+05:30']), '-05:00');
    expect(text).toContain('10 h 30 min ahead of those of this service');
    expect(text).not.toContain('stays on sale');
  });

  it('requires action when the zone changes with the season, is unknown, or is changed at connect', () => {
    const seasons = actionText(server(['-03:00', '-04:00']), '-03:00');
    expect(seasons).toContain('-03:00 today and -04:00 in another season');
    expect(seasons).toContain('summer time');
    expect(actionText(server(null, { now: null }), '+00:00')).toContain('unknown');
    expect(actionText(server(['+00:00'], { isChangedAtConnect: true }), '+00:00')).toContain('init_connect');
  });
});
