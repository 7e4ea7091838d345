"""Makes an image of a tree: pycdlib-make.py TREE IMAGE VOLUME-ID [level-four|udf]

Joliet and Rock Ridge without a fourth word; with it an Enhanced Volume Descriptor or a UDF bridge, and nothing else.
"""
import os
import re
import sys

import pycdlib


def iso_name(name, folder, taken):
    """An ISO 9660 level 1 name that no sibling has."""
    stem, dot, ending = name.rpartition('.')
    if not stem:
        stem, ending = name, ''
    stem = re.sub('[^A-Z0-9_]', '_', stem.upper())[:8]
    ending = '' if folder else re.sub('[^A-Z0-9_]', '_', ending.upper())[:3]
    candidate, number = stem, 0
    while (candidate, ending) in taken:
        number += 1
        candidate = '%s%03d' % (stem[:5], number)
    taken.add((candidate, ending))
    return candidate if folder else '%s.%s;1' % (candidate, ending)


def further_names(kind, name, path):
    """The names of an entry beside its ISO 9660 one, as keywords."""
    if kind == 'udf':
        return {'udf_path': path}
    return {} if kind == 'level-four' else {'rr_name': name, 'joliet_path': path}


def add_folder(iso, kind, folder, iso_path, above):
    taken = set()
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        is_folder = os.path.isdir(path)
        own = name if kind == 'level-four' else iso_name(name, is_folder, taken)
        as_iso = iso_path + '/' + own
        names = further_names(kind, name, above + '/' + name)
        if is_folder:
            iso.add_directory(as_iso, **names)
            add_folder(iso, kind, path, as_iso, above + '/' + name)
        else:
            iso.add_file(path, as_iso, **names)


KINDS = {
    'joliet': {'interchange_level': 1, 'joliet': 3, 'rock_ridge': '1.09'},
    'level-four': {'interchange_level': 4},
    'udf': {'interchange_level': 1, 'udf': '2.60'},
}


def main():
    tree, image, volume_id, *others = sys.argv[1:]
    kind = others[0] if others else 'joliet'
    iso = pycdlib.PyCdlib()
    iso.new(vol_ident=volume_id, **KINDS[kind])
    add_folder(iso, kind, tree, '', '')
    iso.write(image)
    iso.close()


main()
