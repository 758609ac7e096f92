import { describe, expect, it } from '@jest/globals';
import { weaknessOf } from './password-rules.js';

const ana = ['anamaria', 'ana.maria@example.com'];

describe('weaknessOf', () => {
  it.each([
    ['casa123', /8 characters/],
    ['🏠🏠🏠🏠🏠🏠🏠', /8 characters/],
    ['83610472956', /digits/],
    ['password1', /common/],
    [' Iloveyou ', /common/],
    ...[
      'habi2026',
      'Bogota123',
      'colombia1',
      'nacional1',
      'Bogotá.2026',
      'c0l0mb14',
      '2026habi!',
      'casacasa',
      'habi-colombia',
      'MiClave123',
      'N4c10n4l!',
    ].map((password) => [password, /common/] as const),
    ['anamaria1', /username or the email/],
    ['ANAMARIA99', /username or the email/],
    ['example.com', /username or the email/],
  ])('refuses %j', (password, reason) => {
    expect(weaknessOf(password, ana)).toMatch(reason);
  });

  it.each([
    'tres-casas-azules',
    'ñandú con balcón',
    'casaquinta',
    'casa-de-tres-balcones',
    '93x7Kq1habi',
    'siete-puertas-verdes',
    '🏠🏠🏠🏠🏠🏠🏠🏠',
    'x'.repeat(4_096),
  ])('accepts %j', (password) => {
    expect(weaknessOf(password, ana)).toBeNull();
  });
});
