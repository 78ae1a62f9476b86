"""What a file system call can answer instead of a result."""

from __future__ import annotations

MESSAGES = {
    "EACCES": "Permission denied",
    "EBUSY": "Device or resource busy",
    "EEXIST": "File exists",
    "EINVAL": "Invalid argument",
    "EISDIR": "Is a directory",
    "ELOOP": "Too many levels of symbolic links",
    "ENAMETOOLONG": "File name too long",
    "ENOENT": "No such file or directory",
    "ENOSPC": "No space left on device",
    "ENOTDIR": "Not a directory",
    "ENOTEMPTY": "Directory not empty",
    "EPERM": "Operation not permitted",
    "EROFS": "Read-only file system",
    "EXDEV": "Invalid cross-device link",
}
"""The C library's words (glibc and musl agree on these, but for case in a few of musl's)."""


class FileSystemError(Exception):
    """A failed call.

    Attributes:
        code: Name of the errno, such as `ENOENT`.
        path: The path the call was made with.
        message: The C library's words for the code.
    """

    def __init__(self, code: str, path: str) -> None:
        super().__init__(f"{path}: {MESSAGES[code]}")
        self.code = code
        self.path = path
        self.message = MESSAGES[code]
