import aws = require('ephemeral-broker/aws-sts');

aws.awsSts({ roleArn: 'arn', params: { Tags: [{ Key: 'run', Value: '7' }] } });
// @ts-expect-error: the role is needed
aws.awsSts({});
