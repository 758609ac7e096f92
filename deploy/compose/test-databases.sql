-- The tests create and drop databases named habi_db_test_*, and a user with read-only access to one of them.
GRANT ALL ON `habi\_db\_test%`.* TO 'habi_user'@'%' WITH GRANT OPTION;
GRANT CREATE USER ON *.* TO 'habi_user'@'%';
