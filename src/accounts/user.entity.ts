import { defineEntity, p } from '@mikro-orm/core';
import { UserRepository } from './user.repository.js';

const flag = () => p.boolean().columnType('tinyint(1)');

export const UserSchema = defineEntity({
  name: 'User',
  tableName: 'auth_user',
  repository: () => UserRepository,
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(),
    /** Django's, see passwords.ts; or what is no hash at all: then nobody signs in with it. */
    password: p.string().length(128),
    lastLogin: p.string().columnType('datetime(6)').nullable(),
    isSuperuser: flag(),
    username: p.string().length(150).unique('username'),
    firstName: p.string().length(150),
    lastName: p.string().length(150),
    /** As it was written; may be empty, and that of several. */
    email: p.string().length(254),
    isStaff: flag(),
    isActive: flag(),
    dateJoined: p.string().columnType('datetime(6)'),
  },
});

/** A person who can sign in: Django's table, which a Django site may share. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);
