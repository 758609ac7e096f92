-- The accounts of the service, one per job. An administrator runs this once (MySQL 8.4, MariaDB 10.11); running it again changes nothing.
-- These passwords are for docker-compose.yml, whose database only this machine can reach. Elsewhere change them, and '%' to your network.
CREATE DATABASE IF NOT EXISTS habi_db CHARACTER SET utf8mb4;

-- Owner: migrates. Its settings have DATABASE_SERVICE_USER=habi_service@%, so that `migrate` grants the next account its rights.
CREATE USER IF NOT EXISTS 'habi_user'@'%' IDENTIFIED BY 'habi_password';
GRANT ALL ON `habi\_db`.* TO 'habi_user'@'%' WITH GRANT OPTION;

-- Serves, and runs `import`, `rebuild` and `user:create`. `migrate` grants it, table by table: SELECT, INSERT, UPDATE and DELETE; on
-- property_audit SELECT and INSERT; on mikro_orm_migrations SELECT; and EXECUTE on the procedures of likes.
CREATE USER IF NOT EXISTS 'habi_service'@'%' IDENTIFIED BY 'habi_service_password';

-- Only reads: `adopt:check`, reports.
CREATE USER IF NOT EXISTS 'habi_reader'@'%' IDENTIFIED BY 'habi_reader_password';
GRANT SELECT ON `habi\_db`.* TO 'habi_reader'@'%';
