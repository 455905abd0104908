module github.com/radiograph/radiograph/test/cluster/parts/pause

go 1.26.0
