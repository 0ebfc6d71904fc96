"""What tickeng does to a disk: one writer at a time, and nothing half under its name.

    with hold(path):                 # exit 5 while another run has it
        write_aside(path, data)      # .NAME.writing, fsync, rename, fsync of the folder

Everything that writes a file writes it through here.
"""

from tickeng.files.disk.durable import (
    draft_of,
    link,
    output_errors,
    recover,
    remove,
    replace,
    resolved,
    sync_file,
    sync_folder,
    take_name,
    write_all,
    write_aside,
    write_stream,
    write_synced,
)
from tickeng.files.disk.lock import Hold, hold
from tickeng.files.disk.output import (
    OutputFile,
    Place,
    manifest_path,
    refuse_overwrite,
    remove_manifest,
    write_manifest,
)

__all__ = [
    "Hold", "OutputFile", "Place", "draft_of", "hold", "link", "manifest_path", "output_errors",
    "recover", "refuse_overwrite", "remove", "remove_manifest", "replace", "resolved", "sync_file",
    "sync_folder", "take_name", "write_all", "write_aside", "write_manifest", "write_stream",
    "write_synced",
]
