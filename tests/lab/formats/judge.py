"""Judge a report by what its consumer demands: judge.py FORMAT SCHEMAS FILE. Exit status 1 with the first complaint."""
import json
import re
import sys


def schema(path, document):
    from jsonschema import Draft4Validator, Draft7Validator
    with open(path, encoding='utf-8') as file:
        text = json.load(file)
    kind = Draft4Validator if 'draft-04' in text['$schema'] else Draft7Validator
    kind.check_schema(text)
    for error in kind(text).iter_errors(document):
        return f'{"/".join(map(str, error.absolute_path))}: {error.message[:200]}'
    return None


def sarif(schemas, data):
    document = json.loads(data)
    wrong = schema(schemas + '/sarif.schema.json', document)
    run = document['runs'][0] if not wrong else {'results': [], 'tool': {'driver': {'rules': []}}}
    if len(run['results']) > 25000:
        return 'more results than GitHub takes'
    for result in run['results']:
        place = result['locations'][0]['physicalLocation']
        if not re.fullmatch(r'[A-Za-z0-9._~/%-]+', place['artifactLocation']['uri']):
            return 'a path that is no relative URI'
        if run['tool']['driver']['rules'][result['ruleIndex']]['id'] != result['ruleId']:
            return 'a rule that is another one'
    if any(len(rule['properties']['tags']) > 20 for rule in run['tool']['driver']['rules']):
        return 'more tags than GitHub takes'
    return wrong


def junit(schemas, data):
    from lxml import etree
    document = etree.fromstring(data)
    rules = etree.XMLSchema(etree.parse(schemas + '/junit.xsd'))
    if not rules.validate(document):
        return str(rules.error_log.last_error)
    names = [(case.get('classname'), case.get('name')) for case in document.iter('testcase')]
    if len(set(names)) != len(names):
        return 'two cases of one name'
    counted = [len(list(document.iter(tag))) for tag in ('testcase', 'failure', 'error')]
    if counted != [int(document.get(key)) for key in ('tests', 'failures', 'errors')]:
        return 'sums that are wrong'
    return None


def gitlab(_, data):
    document = json.loads(data)
    prints = [entry.get('fingerprint') for entry in document]
    if len(set(prints)) != len(prints):
        return 'a fingerprint stands twice'
    return schema(__file__.replace('judge.py', 'gitlab.schema.json'), document)


def github(_, data):
    count = {'error': 0, 'warning': 0, 'notice': 0}
    for line in data.decode().split('\n'):
        # What the runner takes for a command: at the start, or, in the old form, anywhere.
        if '##[' in line:
            return 'a command in the old form: ' + line[:80]
        if not line.lstrip().startswith('::'):
            continue
        if line.startswith('::group::') or line == '::endgroup::':
            continue
        parts = re.fullmatch(r'::(error|warning|notice) ((?:[a-zA-Z]+=[^,:]*,?)+)::(.*)', line)
        if not parts:
            return 'no command: ' + line[:80]
        count[parts[1]] += 1
        if len(parts[3].encode()) > 4096:
            return 'an annotation that is too long'
    return None if max(count.values()) <= 10 else 'more annotations than a step shows'


def ndjson(_, data):
    lines = [json.loads(line) for line in data.decode().splitlines()]
    if lines[-1]['type'] != 'run.end' or [line['type'] for line in lines].count('run.end') != 1:
        return 'run.end is not the last line'
    return None


def markdown(_, data):
    if len(data) > 1024 * 1024:
        return 'larger than a summary may be'
    # What a machine or a file name brings stands in code spans: without them nothing is left of it.
    text = re.sub(r'(`+)(?!`).*?(?<!`)\1(?!`)', '', data.decode())
    found = re.search(r'<(?!!-- -->)|::|@(?!<)|www\.|\]\(', text)
    return f'markup: {text[found.start():found.start() + 40]!r}' if found else None


def plain(data):
    for byte in data:
        if byte < 0x20 and byte != 0x0a or byte == 0x7f:
            return f'a control character: {byte:#x}'
    data.decode('utf-8')
    return None


def main():
    name, schemas, path = sys.argv[1:]
    with open(path, 'rb') as file:
        data = file.read()
    wrong = plain(data) or globals()[name](schemas, data)
    if wrong:
        sys.exit(f'{path}: {wrong}')


main()
