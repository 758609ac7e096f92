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
    ['anamaria1', /username or the email/],
    ['ANAMARIA99', /username or the email/],
    ['example.com', /username or the email/],
  ])('refuses %j', (password, reason) => {
    expect(weaknessOf(password, ana)).toMatch(reason);
  });

  it.each(['tres-casas-azules', 'ñandú con balcón', '🏠🏠🏠🏠🏠🏠🏠🏠', 'x'.repeat(4_096)])(
    'accepts %j',
    (password) => {
      expect(weaknessOf(password, ana)).toBeNull();
    },
  );
});
