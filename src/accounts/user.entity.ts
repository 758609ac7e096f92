import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../database/naive-time.js';

const flag = () => p.boolean().columnType('tinyint(1)');

export const UserSchema = defineEntity({
  name: 'User',
  tableName: 'auth_user',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(),
    /** A hash in Django's format (passwords.ts). With any other text the user cannot sign in. */
    password: p.string().length(128),
    lastLogin: naiveTime('datetime(6)').nullable(),
    isSuperuser: flag(),
    username: p.string().length(150).unique('username'),
    firstName: p.string().length(150),
    lastName: p.string().length(150),
    /** As the user wrote it. It may be empty, and several users may have the same. */
    email: p.string().length(254),
    isStaff: flag(),
    isActive: flag(),
    dateJoined: naiveTime('datetime(6)'),
  },
});

/** A user. The table is Django's, and a Django site may share it. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);
