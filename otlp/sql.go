package otlp

import "strings"

// relational are the database systems that speak SQL, by db.system.name and by
// db.system, with the name that the X-Ray SDKs give to them.
var relational = map[string]bool{
	"adabas": true, "cache": true, "cloudscape": true, "cockroachdb": true, "cockroach": true, "clickhouse": true, "db2": true,
	"derby": true, "edb": true, "firebird": true, "firstsql": true, "h2": true, "hanadb": true, "hive": true, "hsqldb": true,
	"ibm.db2": true, "ibm.informix": true, "ibm.netezza": true, "informix": true, "ingres": true, "instantdb": true,
	"interbase": true, "intersystems_cache": true, "mariadb": true, "maxdb": true, "microsoft.sql_server": true, "mssql": true,
	"mssqlcompact": true, "mysql": true, "netezza": true, "oracle": true, "oracle.db": true, "other_sql": true,
	"actian.ingres": true, "pervasive": true, "pointbase": true, "postgresql": true, "progress": true, "redshift": true,
	"aws.redshift": true, "sap.hana": true, "sap.maxdb": true, "softwareag.adabas": true, "spanner": true, "gcp.spanner": true,
	"sqlite": true, "sqlserver": true, "sybase": true, "teradata": true, "trino": true, "vertica": true, "firebirdsql": true,
	"google_cloud_spanner": true, "snowflake": true, "filemaker": true,
}

// sql sets the object "sql" of queries to databases that speak SQL.
func (e *Encoder) sql() {
	a := &e.attributes
	system, systemKey := a.either(dbSystemName, dbSystem)
	if !relational[system] || e.out.Namespace == "" {
		return
	}
	a.use(systemKey)
	q := e.sqls.One()
	e.out.SQL = q
	q.DatabaseType = system
	q.User = a.take(dbUser)
	q.SanitizedQuery = a.take(dbQueryText, dbStatement)
	q.Preparation = a.take(xraySQLPreparation)
	q.DatabaseVersion = a.take(xraySQLDatabaseVersion)
	q.DriverVersion = a.take(xraySQLDriverVersion)
	q.URL = e.databaseURL(system)
}

// databaseURL returns where the database is: the connection string, or what the
// server's address makes of it.
func (e *Encoder) databaseURL(system string) string {
	a := &e.attributes
	name, nameKey := a.either(dbNamespace, dbName)
	if c := a.take(dbConnectionString); c != "" {
		if name == "" || strings.HasSuffix(c, "/"+name) || strings.Contains(c, "/"+name+"?") {
			return c
		}
		a.use(nameKey)
		b := append(e.texts.Open(len(c)+len(name)+1), c...)
		return e.texts.CloseString(append(append(b, '/'), name...))
	}
	host, hostKey := a.either(serverAddress, netPeerName, networkPeerAddress, netPeerIP)
	if host == "" && name == "" {
		return ""
	}
	b := append(append(e.texts.Open(64), system...), "://"...)
	if host != "" {
		a.use(hostKey)
		b = append(b, host...)
		if port, ok := a.takeInteger(serverPort, netPeerPort); ok {
			b = appendInteger(append(b, ':'), port)
		}
	}
	if name != "" {
		a.use(nameKey)
		b = append(append(b, '/'), name...)
	}
	return e.texts.CloseString(b)
}
