-- Run once, on an empty database: who owns the store's tables, and who may read them. Passwords come from files.
\set owner `cat /run/ioc/postgres/owner.password`
\set reader `cat /run/ioc/postgres/reader.password`
CREATE ROLE ioc LOGIN PASSWORD :'owner';
CREATE ROLE ioc_reader LOGIN PASSWORD :'reader';
ALTER DATABASE ioc OWNER TO ioc;
REVOKE ALL ON DATABASE ioc FROM PUBLIC;
GRANT CONNECT ON DATABASE ioc TO ioc_reader;
ALTER SCHEMA public OWNER TO ioc;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ioc_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE ioc IN SCHEMA public GRANT SELECT ON TABLES TO ioc_reader;
