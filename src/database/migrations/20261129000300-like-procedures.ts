import { OnlineMigration } from './online-migration.js';

// 'inactive', 'hidden' and 'standing' are answered by a read without the user's write lock. Under the lock everything is read again.
export const LIKE = `create procedure if not exists like_property(in_property bigint, in_user bigint, in_turn smallint, in_at datetime)
modifies sql data sql security invoker
begin
  declare active, visible, locked bigint;
  declare liked_at varchar(26);
  declare last_action varchar(7);
  declare is_duplicate bool default false;
  declare continue handler for not found begin end;
  declare continue handler for 1062 set is_duplicate = true;
  select u.id, p.id, (
      select coalesce(created_at, '0000-00-00 00:00:00') from property_likes
      where property_id = in_property and user_id = in_user lock in share mode
    ) into active, visible, liked_at
  from auth_user u left join property p on p.id = in_property and p.availability is not null
  where u.id = in_user and u.is_active = 1;
  if visible is not null and liked_at is null then
    set active = null, visible = null;
    start transaction;
    select turn into locked from like_turn where turn = in_turn for update;
    select id into active from auth_user where id = in_user and is_active = 1 lock in share mode;
    select id into visible from property where id = in_property and availability is not null lock in share mode;
    if active is not null and visible is not null then
      select action into last_action from like_event force index (like_event_pair)
      where user_id = in_user and property_id = in_property order by id desc limit 1;
      insert into property_likes (property_id, user_id, created_at) values (in_property, in_user, in_at);
      if is_duplicate then
        select coalesce(created_at, '0000-00-00 00:00:00') into liked_at from property_likes
        where property_id = in_property and user_id = in_user lock in share mode;
      else
        if last_action = 'liked' then
          insert into like_event (property_id, user_id, action, at) values (in_property, in_user, 'unliked', in_at);
        end if;
        insert into like_event (property_id, user_id, action, at) values (in_property, in_user, 'liked', in_at);
      end if;
    end if;
    commit;
  end if;
  select case
    when active is null then 'inactive' when visible is null then 'hidden' when liked_at is null then 'added' else 'standing'
  end as outcome, liked_at as likedAt;
end`;

export const UNLIKE = `create procedure if not exists unlike_property(in_property bigint, in_user bigint, in_turn smallint, in_at datetime)
modifies sql data sql security invoker
begin
  declare active, like_id, locked bigint;
  declare liked_at datetime;
  declare last_action varchar(7);
  declare continue handler for not found begin end;
  select u.id, (
      select id from property_likes where property_id = in_property and user_id = in_user lock in share mode
    ) into active, like_id
  from auth_user u where u.id = in_user and u.is_active = 1;
  if like_id is not null then
    set active = null, like_id = null;
    start transaction;
    select turn into locked from like_turn where turn = in_turn for update;
    select id into active from auth_user where id = in_user and is_active = 1 lock in share mode;
    if active is not null then
      select id, cast(coalesce(nullif(created_at, '0000-00-00 00:00:00'), '1970-01-02 00:00:00') as datetime)
      into like_id, liked_at from property_likes where property_id = in_property and user_id = in_user for update;
    end if;
    if like_id is not null then
      select action into last_action from like_event force index (like_event_pair)
      where user_id = in_user and property_id = in_property order by id desc limit 1;
      delete from property_likes where id = like_id;
      if coalesce(last_action, 'unliked') = 'unliked' then
        insert into like_event (property_id, user_id, action, at) values (in_property, in_user, 'liked', liked_at);
      end if;
      insert into like_event (property_id, user_id, action, at) values (in_property, in_user, 'unliked', in_at);
    end if;
    commit;
  end if;
  select case when active is null then 'inactive' when like_id is null then 'absent' else 'removed' end as outcome;
end`;

/** A like and an unlike as procedures, so that each takes one round trip. Without them the service sends the same statements itself. */
export class LikeProcedures extends OnlineMigration {
  override async up(): Promise<void> {
    for (const procedure of [LIKE, UNLIKE]) await this.createProcedure(procedure);
  }
}
