package prompts

import (
	"fmt"
	"io/fs"
	"os"
)

// Files returns the files of the version with this id, by name, as they are hashed.
func Files(id string) (map[string]string, error) {
	if _, err := Load(id); err != nil {
		return nil, err
	}
	sub, err := fs.Sub(files, id)
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", id, err)
	}
	return contents(sub)
}

// LoadDir loads a version that is being written, from a folder, with its files by name. Its id is that of its front matter.
func LoadDir(dir string) (*Prompt, map[string]string, error) {
	content, err := contents(os.DirFS(dir))
	if err != nil {
		return nil, nil, fmt.Errorf("prompt in %s: %w", dir, err)
	}
	p, err := load(dir, os.DirFS(dir))
	if err != nil {
		return nil, nil, fmt.Errorf("prompt in %s: %w", dir, err)
	}
	p.ID = p.Meta.ID
	return p, content, nil
}

// maxFile bounds a file of a version, in bytes; the largest has a few thousand.
const maxFile = 1 << 20

// contents reads the files of a version, whose folder is the root of fsys.
func contents(fsys fs.FS) (map[string]string, error) {
	content := map[string]string{}
	for _, name := range entries(fsys, ".") {
		info, err := fs.Stat(fsys, name)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() || info.Size() > maxFile {
			return nil, fmt.Errorf("%s is no file of a prompt: it is a folder or larger than %d MiB", name, maxFile>>20)
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		content[name] = string(data)
	}
	return content, nil
}
