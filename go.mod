module github.com/radiograph/radiograph

go 1.26
