package ingest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/postgres"
	"golang.org/x/text/unicode/norm"
)

// Manifest is a course folder's course.yaml: what the course is called and in which order its lectures come.
type Manifest struct {
	Course   string            `yaml:"course"`
	Title    string            `yaml:"title"`
	Language string            `yaml:"language"`
	Lectures []ManifestLecture `yaml:"lectures"`
}

// ManifestLecture is one lecture of a Manifest. File stands in the same folder.
type ManifestLecture struct {
	File  string `yaml:"file"`
	Title string `yaml:"title"`
}

// ManifestName is the file that makes a folder a course.
const ManifestName = "course.yaml"

// File is a transcript found on disk and not yet read.
type File struct {
	Path     string
	Lecture  string // the id made from its name
	Title    string // "" unless a manifest says
	Position int    // -1 unless a manifest says

	folder string // "": Path stands for itself
	name   string // within folder
}

// Discover lists the transcripts that path names: itself if it is a file; if it is a folder, what its course.yaml
// lists, or else its files with a transcript's extension in the order of their names. The manifest is nil where there is
// none. A file that does not exist is an error here; what is in a file is found out when it is read.
func Discover(path string) ([]File, *Manifest, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("%s: there is no such file or folder", path)
	case err != nil:
		return nil, nil, err
	case !info.IsDir():
		return []File{{Path: path, Lecture: LectureID(path), Position: -1}}, nil, nil
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close() //nolint:errcheck // only read from
	b, err := readManifest(root)
	if errors.Is(err, fs.ErrNotExist) {
		files, err := transcriptsIn(path)
		return files, nil, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", filepath.Join(path, ManifestName), err)
	}
	m, err := decodeManifest(b)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", filepath.Join(path, ManifestName), err)
	}
	var files []File
	for i, l := range m.Lectures {
		if l.File == "" {
			return nil, nil, fmt.Errorf("%s: lecture %d: it names no file", filepath.Join(path, ManifestName), i+1)
		}
		if !filepath.IsLocal(l.File) {
			return nil, nil, fmt.Errorf("%s: lecture %d: the file %q is outside the folder; copy it into the folder and write its path from there", filepath.Join(path, ManifestName), i+1, l.File)
		}
		files = append(files, File{
			Path: filepath.Join(path, l.File), Lecture: LectureID(l.File), Title: l.Title, Position: i,
			folder: path, name: l.File,
		})
	}
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("%s: it lists no lecture", filepath.Join(path, ManifestName))
	}
	return files, &m, nil
}

// decodeManifest reads a course.yaml strictly. The library (goccy/go-yaml 1.19) panics on some malformed files, such as a
// tag without a value where a list belongs.
func decodeManifest(b []byte) (m Manifest, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it is not valid YAML")
		}
	}()
	if err := yaml.UnmarshalWithOptions(b, &m, yaml.Strict()); err != nil {
		return Manifest{}, errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return m, nil
}

// maxManifest is the largest course.yaml in bytes.
const maxManifest = 1 << 20

func readManifest(root *os.Root) ([]byte, error) {
	file, err := root.OpenFile(ManifestName, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close() //nolint:errcheck // only read from
	b, err := readRegular(file, maxManifest)
	if err == nil && len(b) > maxManifest {
		err = fmt.Errorf("larger than %d MiB, which no course.yaml is", maxManifest>>20)
	}
	return b, err
}

// nonblocking opens a named pipe without waiting for its other end, so that it can be refused.
const nonblocking = syscall.O_NONBLOCK

var errIrregular = errors.New("not a regular file")

// readRegular reads at most limit+1 bytes of a regular file. Pipes, devices and folders are refused: a pipe that nobody
// writes to would never return.
func readRegular(file *os.File, limit int64) ([]byte, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, cause(err)
	case info.IsDir():
		return nil, errors.New("is a directory")
	case !info.Mode().IsRegular():
		return nil, errIrregular
	}
	b, err := io.ReadAll(io.LimitReader(file, limit+1))
	return b, cause(err)
}

// cause is a file error without the operation and the path, which the messages here give in full.
func cause(err error) error {
	var failed *fs.PathError
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Err.Error() == "path escapes from parent" { // os.Root's; it has no name
		return errLeaves
	}
	return failed.Err
}

var errLeaves = errors.New("it leads out of the folder, through a symbolic link or ..; copy the file itself into the folder")

// listed reports whether a file in a folder without a manifest is taken for a transcript: by its extension, and not if
// it is a readme.
func listed(name string) bool {
	name = strings.ToLower(name)
	ext := filepath.Ext(name)
	return slices.Contains([]string{".srt", ".vtt", ".json", ".md", ".markdown", ".txt"}, ext) && strings.TrimSuffix(name, ext) != "readme"
}

func transcriptsIn(path string) ([]File, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		if !e.IsDir() && listed(e.Name()) {
			files = append(files, File{Path: filepath.Join(path, e.Name()), Lecture: LectureID(e.Name()), Position: -1, folder: path, name: e.Name()})
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no transcript in this folder (looked for .srt, .vtt, .json, .md, .txt and %s)", path, ManifestName)
	}
	return files, nil
}

// Read returns the file's bytes, at most transcript.MaxBytes of them; a larger file is a *transcript.Error. A file that
// a folder listed is opened within that folder: a symbolic link that leads out of it is refused.
func (f File) Read() ([]byte, error) {
	var file *os.File
	var err error
	if f.folder == "" {
		file, err = os.OpenFile(f.Path, os.O_RDONLY|nonblocking, 0)
	} else {
		var root *os.Root
		if root, err = os.OpenRoot(f.folder); err == nil {
			defer root.Close() //nolint:errcheck // only read from
			file, err = root.OpenFile(f.name, os.O_RDONLY|nonblocking, 0)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &transcript.Error{Name: f.Path, Message: "there is no such file"}
	case err != nil:
		return nil, &transcript.Error{Name: f.Path, Message: fmt.Sprintf("cannot be opened: %v", cause(err))}
	}
	defer file.Close() //nolint:errcheck // only read from
	b, err := readRegular(file, transcript.MaxBytes)
	if err != nil {
		return nil, &transcript.Error{Name: f.Path, Message: fmt.Sprintf("cannot be read: %v", err)}
	}
	if len(b) > transcript.MaxBytes {
		return nil, &transcript.Error{Name: f.Path, Message: fmt.Sprintf("larger than %d MiB, which no transcript is", transcript.MaxBytes>>20)}
	}
	return b, nil
}

var notInID = regexp.MustCompile(`[^a-z0-9_-]+`)

// LectureID makes an id of a file's name: without its extension, in lower case, everything else than a-z, 0-9, _ and -
// as one dash. A name in another script gives "lecture-" and 8 digits of its hash; a name without any letter or digit "".
func LectureID(path string) string {
	name := strings.ToLower(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	id := strings.Trim(notInID.ReplaceAllString(name, "-"), "-_")
	if len(id) > 128 {
		id = strings.Trim(id[:128], "-_")
	}
	if !postgres.ValidLectureID(id) && strings.IndexFunc(name, unicode.IsLetter) >= 0 {
		sum := sha256.Sum256([]byte(norm.NFC.String(name)))
		id = fmt.Sprintf("lecture-%x", sum[:4])
	}
	if !postgres.ValidLectureID(id) {
		return ""
	}
	return id
}
