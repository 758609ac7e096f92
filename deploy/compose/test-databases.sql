-- The tests make databases of their own, habi_db_test_*, and drop them.
GRANT ALL ON `habi\_db\_test%`.* TO 'habi_user'@'%';
