module github.com/radiograph/radiograph/test/cluster/parts/probe

go 1.26.0
