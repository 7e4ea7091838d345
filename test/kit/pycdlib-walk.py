"""Opens an image as strictly as pycdlib does and prints, as JSON, its files in every tree and its boot entries."""
import hashlib
import io
import json
import sys

import pycdlib


def digests(iso, keyword, path):
    data = io.BytesIO()
    try:
        iso.get_file_from_iso_fp(data, **{keyword: path})
    except pycdlib.pycdlibexception.PyCdlibInvalidInput:
        # A symbolic link has no data.
        return ['link', 'link']
    whole = data.getvalue()
    masked = whole[:8] + bytes(len(whole[8:64])) + whole[64:]
    return [hashlib.sha256(whole).hexdigest(), hashlib.sha256(masked).hexdigest()]


def walk(iso, keyword):
    files = {}
    for folder, folders, names in iso.walk(**{keyword: '/'}):
        base = folder.rstrip('/')
        for name in folders:
            files[base + '/' + name + '/'] = ['', '']
        for name in names:
            files[base + '/' + name] = digests(iso, keyword, base + '/' + name)
    return files


def entry(platform, item):
    return {
        'platform': platform,
        'bootable': item.boot_indicator == 0x88,
        'emulation': item.boot_media_type,
        'loadSegment': item.load_segment,
        'loadSize': item.sector_count,
        'lba': item.load_rba,
    }


def boot_entries(iso):
    catalog = iso.eltorito_boot_catalog
    if catalog is None:
        return None
    entries = [entry(catalog.validation_entry.platform_id, catalog.initial_entry)]
    for section in catalog.sections:
        entries += [entry(section.platform_id, item) for item in section.section_entries]
    return entries


def main():
    iso = pycdlib.PyCdlib()
    iso.open(sys.argv[1])
    trees = {'iso': walk(iso, 'iso_path')}
    if iso.has_joliet():
        trees['joliet'] = walk(iso, 'joliet_path')
    if iso.has_rock_ridge():
        trees['rr'] = walk(iso, 'rr_path')
    if iso.has_udf():
        trees['udf'] = walk(iso, 'udf_path')
    print(json.dumps({'trees': trees, 'boot': boot_entries(iso)}))
    iso.close()


main()
