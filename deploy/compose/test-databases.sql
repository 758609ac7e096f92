-- The tests make databases of their own, habi_db_test_*, and drop them; and a user who may only read one of them.
GRANT ALL ON `habi\_db\_test%`.* TO 'habi_user'@'%' WITH GRANT OPTION;
GRANT CREATE USER ON *.* TO 'habi_user'@'%';
